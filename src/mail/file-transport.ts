import { createHash, randomUUID } from 'node:crypto';
import { access, constants, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MailTransport, type OutgoingMail, toNodemailer } from './message.js';

/**
 * Writes each mail to a file, for development. The files contain links with tokens, so only the owner of the process may
 * read them.
 */
export function fileTransport({ folder }: { readonly folder: string }): MailTransport {
  return {
    name: 'file',
    async send(message) {
      // Loaded at the first use, so that the start is quicker.
      const { createTransport } = await import('nodemailer');
      const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
      const { message: eml } = await composer.sendMail({
        ...toNodemailer(message),
        text: { raw: readableText(message.text) },
      });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // If the process is killed after writing the file, the job runs again.
      if (await isWritten(folder, message)) return;
      // Renamed when complete, so that nobody who watches the folder reads half a mail.
      const unfinished = join(folder, `.${randomUUID()}.part`);
      await writeFile(unfinished, eml as Buffer, { mode: 0o600, flag: 'wx' });
      await rename(unfinished, join(folder, fileName(message)));
    },
    async check() {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await access(folder, constants.W_OK);
    },
    async close() {},
  };
}

/** Not quoted-printable, so that a developer can copy the link from the file. */
function readableText(text: string): string {
  return `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n${text}\r\n`;
}

async function isWritten(folder: string, message: OutgoingMail): Promise<boolean> {
  const mark = `-${shortId(message)}-`;
  return (await readdir(folder)).some((name) => name.endsWith('.eml') && name.includes(mark));
}

function fileName(message: OutgoingMail): string {
  const time = new Date().toISOString().replace(/[:.]/g, '-');
  const recipient = message.to.replace(/[^\w@.+-]/g, '_').slice(0, 100);
  return `${time}-${shortId(message)}-${recipient}.eml`;
}

function shortId({ id }: OutgoingMail): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 12);
}
