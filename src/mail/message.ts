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
  /**
   * @throws MailRefused if the mail must not be sent again
   * @throws MailDeferred if the transport has answered that the mail may be accepted later
   * @throws Error if the cause is unknown: no connection, or no answer
   */
  send(message: OutgoingMail): Promise<void>;
  /**
   * Whether mails can be handed over at all; sends none.
   * @throws Error if not
   */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The transport refused the mail for good: SMTP 5yz, or HTTP 4xx except 429. */
export class MailRefused extends Error {
  override readonly name = 'MailRefused';
}

/** The transport did not accept the mail now: SMTP 4yz, or HTTP 429. */
export class MailDeferred extends Error {
  override readonly name = 'MailDeferred';
}

/** Says that a program wrote the mail, so that no absence notice answers it (RFC 3834 §5). */
export const automatic = { 'Auto-Submitted': 'auto-generated' } as const;

/**
 * Refuses a mail whose headers could be read as more than one (ASVS 1.3.11): a line break in an address or
 * subject would start a header of the attacker's own, `Bcc:` for example.
 *
 * @throws MailRefused without the offending text, which is somebody's address
 */
export function assertHeadersAreSafe(message: OutgoingMail): void {
  for (const field of ['id', 'from', 'to', 'subject'] as const) {
    if (/\p{Cc}|[\u2028\u2029]/u.test(message[field]))
      throw new MailRefused(`control character in mail ${field}`);
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
