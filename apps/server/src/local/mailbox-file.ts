import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StoredMail } from './mailbox.ts';

export type MailFile = {
  load(): StoredMail[];
  append(mail: StoredMail, all: StoredMail[]): void;
  rewrite(all: StoredMail[]): void;
};

/** One mail a line. Grows to twice what is kept, then is written anew with the newest. */
export function openMailFile(path: string, keep: number): MailFile {
  mkdirSync(dirname(path), { recursive: true });
  let lines = 0;

  const rewrite = (all: StoredMail[]) => {
    writeFileSync(`${path}.new`, all.map(toLine).join(''), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    lines = all.length;
  };
  return {
    rewrite,
    load() {
      const mails = read(path).slice(-keep);
      // Also drops a last line that a crash cut short, to which the next mail would be glued.
      rewrite(mails);
      return mails;
    },
    append(mail, all) {
      if (lines >= keep * 2) return rewrite(all);
      appendFileSync(path, toLine(mail), { mode: 0o600 });
      lines += 1;
    },
  };
}

function toLine(mail: StoredMail): string {
  return `${JSON.stringify(mail)}\n`;
}

function read(path: string): StoredMail[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as StoredMail];
    } catch {
      return [];
    }
  });
}
