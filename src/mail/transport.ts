import type { MailTransport } from './message.js';

type MailTransportOptions =
  | { readonly kind: 'resend'; readonly apiKey: string; readonly baseUrl?: string | undefined }
  | {
      readonly kind: 'smtp';
      readonly host: string;
      readonly port: number;
      readonly user?: string | undefined;
      readonly password?: string | undefined;
      readonly secure: boolean;
    }
  | { readonly kind: 'file'; readonly folder: string };

/** Creates the transport, and loads only its own modules. It connects when the first mail is sent. */
export async function createTransport(options: MailTransportOptions): Promise<MailTransport> {
  switch (options.kind) {
    case 'resend':
      return (await import('./resend-transport.js')).resendTransport(options);
    case 'smtp':
      return (await import('./smtp-transport.js')).smtpTransport(options);
    case 'file':
      return (await import('./file-transport.js')).fileTransport(options);
  }
}
