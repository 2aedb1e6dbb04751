"""A record without a file, by somebody in a hurry: keys, another category, a reload, two clicks, back, then the file."""

from playwright.sync_api import expect

from tests.e2e.conftest import PASSWORD, Enter

DROP = """names => { const carried = new DataTransfer();
carried.items.add(new File(["参展合影的说明"], "说明.txt"));
const how = {dataTransfer: carried, bubbles: true, cancelable: true};
for (const name of names) document.body.dispatchEvent(new DragEvent(name, how)); }"""


def test_a_paper_is_entered_in_a_hurry_and_its_file_comes_later(enter: Enter, archivist: str) -> None:
    li = enter("wide")
    page = li.page
    li.sign_in(archivist, PASSWORD)
    li.open("/browse")
    page.keyboard.press("c")
    page.locator("[data-narrow-lines]").fill("宣传")
    li.look("new-choice")
    page.keyboard.press("Enter")
    page.fill("#f-title", "广交会参展合影")
    page.select_option("[data-category-choice]", "HT")
    page.fill("[name='fields.contract_no']", "JX-9")
    page.reload()
    expect(page.locator("[data-restored]")).to_be_visible()
    expect(page.locator("[name='fields.contract_no']")).to_have_value("JX-9")
    expect(page.locator("#f-title")).to_have_value("广交会参展合影")
    page.locator(".new-form .savebar [data-act=discard]").click()
    expect(page.locator("#f-title")).to_have_value("")
    page.fill("#f-title", "广交会参展合影")
    li.look("new-record")
    page.locator(".new-form .btn-primary").dblclick()
    expect(page.locator(".dropzone")).to_be_visible()
    made = page.url
    li.back()
    expect(page.locator("#f-title")).to_have_value("")
    assert "/records/new" in page.url
    page.goto(made)
    page.evaluate(DROP, ["dragenter", "dragover"])
    expect(page.locator("#veil")).to_contain_text("松开即加到这件档案")
    page.evaluate(DROP, ["drop"])
    expect(page.locator("#side .files li")).to_have_count(1)
    expect(page.locator("#viewer .dropzone")).to_have_count(0)
    li.open("/inbox")
    expect(page.locator("[data-item]")).to_have_count(0)
    li.open("/search?q=广交会参展合影")
    li.open_until("/search?q=广交会参展合影", "[data-hit]")
    expect(page.locator("[data-hit]")).to_have_count(1)
