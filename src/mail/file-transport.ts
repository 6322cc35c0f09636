import { createHash, randomUUID } from 'node:crypto';
import { access, constants, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { type MailTransport, type OutgoingMail, toNodemailer } from './message.js';

/**
 * Writes each mail into a folder, for development. The files hold links that sign people in, so that only the
 * owner of the process may read them.
 */
export function fileTransport({ folder }: { readonly folder: string }): MailTransport {
  const composer = nodemailer.createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    name: 'file',
    async send(message) {
      const { message: eml } = await composer.sendMail({
        ...toNodemailer(message),
        text: { raw: readableText(message.text) },
      });
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // A process that was killed between the file and the end of its job comes here twice.
      if (await isWritten(folder, message)) return;
      // Renamed when whole: whoever watches the folder for *.eml never reads half a mail.
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

/** The text part as it is, not quoted-printable: a person who opens the file can copy the link. */
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
