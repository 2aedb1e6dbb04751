// Files and folders out of a drop or a choice, each with its path, and with a handle where the browser gives one.
export async function dropped(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  // Both must be asked for before anything is awaited: the transfer is empty afterwards.
  const handles = items.map((item) => item.getAsFileSystemHandle?.().catch(() => null));
  const entries = items.map((item) => item.webkitGetAsEntry?.());
  const files = [...transfer.files];
  if (!entries.some(Boolean)) return chosen(files);
  const found = await Promise.all(entries.filter(Boolean).map(walk));
  await Promise.all(
    entries.map(async (entry, n) => {
      const handle = await handles[n];
      if (entry?.isFile && handle?.kind === "file") found[entries.filter(Boolean).indexOf(entry)][0].handle = handle;
    }),
  );
  return found.flat();
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
