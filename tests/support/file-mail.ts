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
      const { mtimeMs } = await stat(join(folder, name));
      read.set(name, { mail: await parseMail(await readFile(join(folder, name))), at: mtimeMs });
    }
    return [...read.values()].sort((a, b) => a.at - b.at).map(({ mail }) => mail);
  });
}
