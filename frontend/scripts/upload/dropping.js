// Files and folders out of a drop or a choice, each with its path.
export async function dropped(transfer) {
  const entries = [...transfer.items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.());
  if (entries.some(Boolean)) return (await Promise.all(entries.filter(Boolean).map(walk))).flat();
  return chosen(transfer.files);
}

export function chosen(files) {
  return [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

async function walk(entry) {
  if (entry.isFile) return [{ file: await fileOf(entry), path: entry.fullPath.replace(/^\//, "") }];
  const inside = await Promise.all((await listed(entry)).map(walk));
  return inside.flat();
}

const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

async function listed(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    // A reader gives at most a hundred entries at a time.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    found.push(...some);
  }
}
