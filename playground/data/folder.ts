/** Files that were dropped or chosen, with the folder that each lies in: the folder's name is its class. */

/** A file, and the class that its folder says. */
export interface Found {
  readonly file: File;
  readonly label: string | undefined;
}

/** Files that no picture can be: what systems leave in folders, and other kinds. */
const isPicture = ({ name, type }: File): boolean =>
  !name.startsWith(".") && (type.startsWith("image/") || (type === "" && /\.(jpe?g|jpe|jfif|png|webp|avif|gif|bmp)$/i.test(name)));

/** The folder right above a file, where the file was not chosen by itself. */
export const labelOf = (path: string): string | undefined =>
  path
    .split("/")
    .filter((part) => part !== "")
    .at(-2);

/** By class, then by name: systems list a folder in orders of their own, and a seed is to train the same everywhere. */
const inOrder = (found: readonly Found[]): readonly Found[] => {
  const keyOf = ({ file, label }: Found): string => `${label ?? ""}/${file.name}`;
  return found.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
};

/** Of `<input type=file>`, with `webkitdirectory` or without. */
export const chosen = (files: Iterable<File>): readonly Found[] =>
  inOrder([...files].filter(isPicture).map((file) => ({ file, label: labelOf(file.webkitRelativePath) })));

const fileOf = (entry: FileSystemFileEntry): Promise<File | undefined> =>
  new Promise((resolve) => {
    entry.file(resolve, () => resolve(undefined));
  });

/** All entries of a folder: a reader gives them in parts, and an empty one at the end. */
const entriesOf = async (folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> => {
  const reader = folder.createReader();
  const part = (): Promise<readonly FileSystemEntry[]> =>
    new Promise((resolve) => {
      reader.readEntries(resolve, () => resolve([]));
    });
  const all: FileSystemEntry[] = [];
  for (let entries = await part(); entries.length > 0; entries = await part()) all.push(...entries);
  return all;
};

const below = async (entry: FileSystemEntry, folder: string | undefined): Promise<readonly Found[]> => {
  if (entry.isFile) {
    const file = await fileOf(entry as FileSystemFileEntry);
    return file === undefined || !isPicture(file) ? [] : [{ file, label: folder }];
  }
  const found: Found[] = [];
  for (const one of await entriesOf(entry as FileSystemDirectoryEntry)) found.push(...(await below(one, entry.name)));
  return found;
};

/** Of a drop: folders are walked, whatever their depth. To be called while the event is handled, for afterwards it has no items. */
export const dropped = async (items: DataTransferItemList): Promise<readonly Found[]> => {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const found: Found[] = [];
  for (const entry of entries) found.push(...(await below(entry, undefined)));
  return inOrder(found);
};
