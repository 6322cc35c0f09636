import { type ErrorResponse, Resend } from 'resend';
import { assertHeadersAreSafe, automatic, MailDeferred, MailRefused, type MailTransport } from './message.js';

const TIMEOUT_MS = 10_000;

/** Sends through Resend's API. */
export function resendTransport(options: { apiKey: string; baseUrl?: string | undefined }): MailTransport {
  const { apiKey, baseUrl = 'https://api.resend.com' } = options;
  const resend = new Resend(apiKey, { baseUrl });
  return {
    name: 'resend',
    async send(message) {
      assertHeadersAreSafe(message);
      const { id, from, to, subject, html, text } = message;
      const { error } = await resend.emails.send(
        { from, to: [to], subject, html, text, headers: automatic },
        // The key makes a retry safe after a lost answer: Resend then repeats the answer, not the mail.
        { idempotencyKey: id, signal: AbortSignal.timeout(TIMEOUT_MS) },
      );
      if (error !== null) throw classify(error);
    },
    async check() {
      // Any answer will do; 5xx is what comes from in front of a service that is down.
      const { status } = await fetch(baseUrl, { method: 'HEAD', signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (status >= 500) throw new Error(`HTTP ${status}`);
    },
    async close() {},
  };
}

/** Errors without a status never reached Resend. */
function classify({ name, statusCode }: ErrorResponse): Error {
  const reason = `${name} ${statusCode ?? ''}`.trim();
  // The first attempt, whose answer was lost, is still in progress under the same idempotency key.
  if (statusCode === 429 || name === 'concurrent_idempotent_requests') return new MailDeferred(reason);
  if (statusCode !== null && statusCode >= 400 && statusCode < 500) return new MailRefused(reason);
  return new Error(reason);
}
