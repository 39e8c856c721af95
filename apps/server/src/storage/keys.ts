const form = /^(?!\.)[0-9A-Za-z_.-]{1,100}$/;

/** Whether this can name stored bytes: nothing in it can lead out of a folder. */
export const isKey = (key: string): boolean => form.test(key);

/** Throws Error for what cannot name stored bytes. Keys are made by us: this is a fault of ours or an attack. */
export function checkKey(key: string): void {
  if (!isKey(key)) throw new Error(`${JSON.stringify(key.slice(0, 120))} cannot be a key of stored bytes`);
}

/** The subfolder of a key: the two characters after its prefix, so that no folder holds more than its share. */
export const folderOfKey = (key: string): string =>
  key
    .slice(key.indexOf('_') + 1)
    .slice(0, 2)
    .replaceAll('.', '_')
    .padEnd(2, '_');
