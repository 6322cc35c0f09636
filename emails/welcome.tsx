import type { Brand } from '../src/platform/brand.js';
import { useBrand } from './brand.js';
import { printedUsername } from './harmless.js';
import { Layout, Paragraph } from './layout.js';

export interface WelcomeProps {
  readonly name: string;
  readonly username: string;
}

export const subject = (_props: unknown, { name }: Brand) => `Welcome to ${name}`;

/** Sent after the address is verified. */
export default function Welcome({ name, username }: WelcomeProps) {
  return (
    <Layout title={subject(undefined, useBrand())} name={name}>
      <Paragraph>
        Your email address is confirmed and your account is ready. Sign in with this address or with your
        username <strong>{printedUsername(username)}</strong>.
      </Paragraph>
      <Paragraph>
        For more safety, switch on two-factor authentication: a password alone is then not enough to sign in.
      </Paragraph>
      <Paragraph>
        If you did not create this account, reset its password: that ends every session and leaves the account
        to you alone.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: WelcomeProps = { name: 'Robin Doe', username: 'robin' };
