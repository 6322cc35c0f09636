import type { SendMailOptions } from 'nodemailer';

/** A mail that is ready to go. */
export interface OutgoingMail {
  /** Stable over retries, so that a receiver can tell a second attempt from a second mail. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** A way out of the house. */
export interface MailTransport {
  readonly name: 'resend' | 'smtp' | 'file';
  /** @throws Error where the mail was not accepted, or nobody knows whether it was */
  send(message: OutgoingMail): Promise<void>;
  close(): Promise<void>;
}

/** Says that a program wrote the mail, so that no absence notice answers it (RFC 3834 §5). */
export const automatic = { 'Auto-Submitted': 'auto-generated' } as const;

/**
 * Refuses a mail whose headers could be read as more than one (ASVS 1.3.11): a line break in an address or
 * subject would start a header of the attacker's own, `Bcc:` for example.
 *
 * @throws TypeError without the offending text, which is somebody's address
 */
export function assertHeadersAreSafe(message: OutgoingMail): void {
  for (const field of ['id', 'from', 'to', 'subject'] as const) {
    if (/\p{Cc}|[\u2028\u2029]/u.test(message[field]))
      throw new TypeError(`control character in mail ${field}`);
  }
}

/** The message for nodemailer's composer, the same for SMTP and for files. */
export function toNodemailer(message: OutgoingMail): SendMailOptions {
  assertHeadersAreSafe(message);
  return {
    messageId: messageId(message),
    from: message.from,
    // As an object it is taken as one address. As text, a comma in it would make two.
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
  const host = /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return `<${id.replace(/[^\w.-]/g, '')}@${host}>`;
}
