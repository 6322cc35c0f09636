import { type HeaderValue, simpleParser } from 'mailparser';
import { until } from './wait.js';

export interface Mail {
  to: string[];
  from: string;
  subject: string;
  text: string;
  html: string;
  headers: Map<string, HeaderValue>;
  /** The mail as it was sent. */
  source: string;
}

/** Reads a gateway's mails, whatever transport it uses. */
export interface Mailbox {
  /** All mails so far, oldest first. */
  mails(): Promise<Mail[]>;
  /** Waits for the first mail to the address that matches the predicate. */
  waitForMail(to: string, predicate?: (mail: Mail) => boolean, timeoutMs?: number): Promise<Mail>;
}

export async function parseMail(source: Buffer | string): Promise<Mail> {
  const parsed = await simpleParser(source);
  return {
    to: [parsed.to ?? []].flat().flatMap((to) => to.value.map((one) => one.address ?? '')),
    from: parsed.from?.value[0]?.address ?? '',
    subject: parsed.subject ?? '',
    text: parsed.text ?? '',
    html: parsed.html || '',
    headers: parsed.headers,
    source: source.toString(),
  };
}

/** The mails to an address, in any letter case. */
export const mailsTo = (mails: Mail[], to: string) =>
  mails.filter((mail) => mail.to.some((one) => one.toLowerCase() === to.toLowerCase()));

export function mailboxOf(mails: () => Promise<Mail[]>): Mailbox {
  return {
    mails,
    waitForMail: (to, predicate = () => true, timeoutMs?) =>
      until(`a mail to ${to}`, async () => mailsTo(await mails(), to).find(predicate), timeoutMs),
  };
}

/** The link with a token in a mail. Text and HTML must contain the same link. */
export function linkIn(mail: Mail): URL {
  const link = /https?:\/\/[^\s"'<>\])]+[?&]token=[^\s"'<>\])&]+/.exec(mail.text)?.[0];
  if (!link) throw new Error(`No link with a token in the mail "${mail.subject}":\n${mail.text}`);
  if (!mail.html.includes(link))
    throw new Error(`The HTML of "${mail.subject}" does not contain the link of the text`);
  return new URL(link);
}

export const hasToken = (mail: Pick<Mail, 'text'>) => /[?&]token=/.test(mail.text);

export function tokenIn(mail: Mail): string {
  return linkIn(mail).searchParams.get('token') ?? '';
}
