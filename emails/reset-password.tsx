import type { Brand } from '../src/platform/brand.js';
import { Action } from './action.js';
import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { printedUsername } from './harmless.js';
import { Layout, Paragraph } from './layout.js';

export interface ResetPasswordProps extends Circumstances {
  readonly name: string;
  readonly username: string;
  readonly link: string;
  readonly expiresIn: string;
}

export const subject = (_props: unknown, { name }: Brand) => `Reset your ${name} password`;

/** Sent if a password reset is requested. */
export default function ResetPassword({
  name,
  username,
  link,
  expiresIn,
  ...circumstances
}: ResetPasswordProps) {
  return (
    <Layout title="Reset your password" name={name}>
      <Paragraph>
        Somebody, hopefully you, asked for a new password for the <BrandName /> account with the username{' '}
        <strong>{printedUsername(username)}</strong>.
      </Paragraph>
      <Action label="Choose a new password" link={link} expiresIn={expiresIn} />
      <Paragraph>
        If it was not you, ignore this mail: your password stays as it is. The request came from:
      </Paragraph>
      <CircumstancesList {...circumstances} />
    </Layout>
  );
}

export const previewProps: ResetPasswordProps = {
  name: 'Robin Doe',
  username: 'robin',
  link: 'https://app.example.com/reset-password?token=kT3vF0cJ9bQxL2mW7sYd8hRgZ5nPaE1uVi6oXtC4qBw',
  expiresIn: '30 minutes',
  ...previewCircumstances,
};
