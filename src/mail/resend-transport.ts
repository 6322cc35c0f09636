import { type ErrorResponse, Resend } from 'resend';
import { assertHeadersAreSafe, automatic, MailDeferred, MailRefused, type MailTransport } from './message.js';
import type { Sender } from './sender.js';

const TIMEOUT_MS = 10_000;

/** Sends mails by the API of Resend. */
export function resendTransport(options: { apiKey: string; baseUrl?: string | undefined }): MailTransport {
  const { apiKey, baseUrl = 'https://api.resend.com' } = options;
  const resend = new Resend(apiKey, { baseUrl });
  return {
    name: 'resend',
    async send(message) {
      assertHeadersAreSafe(message);
      const { id, from, to, subject, html, text } = message;
      const { error } = await resend.emails.send(
        { from: mailbox(from), to: [to], subject, html, text, headers: automatic },
        // If a response was lost, Resend repeats the response for the same key, and does not send the mail again.
        { idempotencyKey: id, signal: AbortSignal.timeout(TIMEOUT_MS) },
      );
      if (error !== null) throw classify(error);
    },
    async check() {
      // Any response shows that Resend is available, except 5xx, which a proxy sends if it is down.
      const { status } = await fetch(baseUrl, { method: 'HEAD', signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (status >= 500) throw new Error(`HTTP ${status}`);
    },
    async close() {},
  };
}

/** The special characters of RFC 5322 §3.2.3, except the dot. */
const SPECIALS = /[()<>[\]:;@\\,"]+/g;

/**
 * Resend expects `Name <address>` in Unicode, and encodes it itself. It refuses a quoted name or an encoded word (RFC 2047)
 * in `from`, and special characters without quotes, so these are left out.
 */
function mailbox({ name, address }: Sender): string {
  const plain = name.replaceAll(SPECIALS, ' ').replaceAll(/ +/g, ' ').trim();
  return plain === '' ? address : `${plain} <${address}>`;
}

/** An error without a status means that there was no response. */
function classify({ name, statusCode }: ErrorResponse): Error {
  const reason = `${name} ${statusCode ?? ''}`.trim();
  // `concurrent_idempotent_requests`: an earlier attempt, whose response was lost, is still in progress.
  if (statusCode === 429 || name === 'concurrent_idempotent_requests') return new MailDeferred(reason);
  if (statusCode !== null && statusCode >= 400 && statusCode < 500) return new MailRefused(reason);
  return new Error(reason);
}
