import type { SendMailOptions } from 'nodemailer';
import type { Sender } from './sender.js';

/** A rendered mail with its recipient. */
export interface OutgoingMail {
  /** The same at each retry, so that the server can recognise a duplicate. */
  readonly id: string;
  readonly from: Sender;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** Sends mails: by SMTP, by Resend, or to a folder. */
export interface MailTransport {
  readonly name: 'resend' | 'smtp' | 'file';
  /**
   * @throws MailRefused if the server refused the mail for good
   * @throws MailDeferred if the server refused the mail for now
   * @throws Error if the cause is unknown: no connection, or no answer
   */
  send(message: OutgoingMail): Promise<void>;
  /**
   * Checks the connection to the server without sending a mail.
   * @throws Error if the transport is unavailable
   */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** Refused for good: SMTP 5yz, or HTTP 4xx except 429. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** Refused for now: SMTP 4yz, or HTTP 429. */
export class MailDeferred extends Error {
  override readonly name = 'MailDeferred';
}

/** Prevents replies of absence notices (RFC 3834 §5). */
export const automatic = { 'Auto-Submitted': 'auto-generated' } as const;

/**
 * Prevents header injection (ASVS 1.3.11): a line break in an address or subject would start another header, such as
 * `Bcc:`.
 *
 * @throws MailRefused without the text, which is somebody's address
 */
export function assertHeadersAreSafe(message: OutgoingMail): void {
  const { id, from, to, subject } = message;
  for (const [field, text] of Object.entries({ id, name: from.name, from: from.address, to, subject })) {
    if (/\p{Cc}|[\u2028\u2029]/u.test(text)) throw new MailRefused(`control character in mail ${field}`);
  }
}

/** The message for nodemailer, for SMTP and for files. */
export function toNodemailer(message: OutgoingMail): SendMailOptions {
  assertHeadersAreSafe(message);
  return {
    messageId: messageId(message),
    // As objects, they are one address each. A text with a comma would be two.
    from: { ...message.from },
    to: { name: '', address: message.to },
    subject: message.subject,
    text: message.text,
    html: message.html,
    headers: automatic,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function messageId({ id, from }: OutgoingMail): string {
  const host = /@([^\s<>@]+)$/.exec(from.address)?.[1] ?? 'localhost';
  return `<${id.replace(/[^\w.-]/g, '')}@${host}>`;
}
