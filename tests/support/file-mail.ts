import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Mail, type Mailbox, mailboxOf, parseMail } from './mailbox.js';

/** The mails that a gateway without a mail server writes into `.data/mail/`, oldest first. */
export function fileMailbox(dataDir: string): Mailbox {
  const folder = join(dataDir, '.data', 'mail');
  const read = new Map<string, { mail: Mail; at: number }>();

  return mailboxOf(async () => {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => one.endsWith('.eml') && !read.has(one))) {
      const { mtimeMs, size } = await stat(join(folder, name));
      // Skips a file that may still be written, and reads it the next time.
      if (size === 0 || Date.now() - mtimeMs < 20) continue;
      read.set(name, { mail: await parseMail(await readFile(join(folder, name))), at: mtimeMs });
    }
    return [...read.values()].sort((a, b) => a.at - b.at).map(({ mail }) => mail);
  });
}
