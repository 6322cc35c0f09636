import { Action } from './action.js';
import { BrandName } from './brand.js';
import { printedUsername } from './harmless.js';
import { Layout, Paragraph } from './layout.js';

export interface VerifyEmailProps {
  /**
   * Also the name in the greeting. The address is not verified yet, so a stranger may have typed it: the mail must not
   * contain a display name, which can be any text.
   */
  readonly username: string;
  readonly link: string;
  readonly expiresIn: string;
  /** True for the new address of an existing account. */
  readonly change?: boolean;
}

export const subject = ({ change }: VerifyEmailProps) =>
  change ? 'Confirm your new email address' : 'Confirm your email address';

/** Sent to an address that is not verified. The reader may not know the gateway. */
export default function VerifyEmail({ username, link, expiresIn, change = false }: VerifyEmailProps) {
  return (
    <Layout title={change ? 'Confirm your new email address' : 'Confirm your email address'} name={username}>
      <Paragraph>
        {change ? (
          <>
            This address was given as the new one of the <BrandName /> account with the username{' '}
          </>
        ) : (
          <>
            This address was given to create an account at <BrandName /> with the username{' '}
          </>
        )}
        <strong>{printedUsername(username)}</strong>. Please confirm that it is yours.
      </Paragraph>
      <Action label="Confirm the address" link={link} expiresIn={expiresIn} />
      <Paragraph>
        If this was not you, ignore this mail:{' '}
        {change ? 'the account keeps its old address.' : 'without the link no account is opened.'}
      </Paragraph>
    </Layout>
  );
}

export const previewProps: VerifyEmailProps = {
  username: 'robin',
  link: 'https://app.example.com/verify-email?token=kT3vF0cJ9bQxL2mW7sYd8hRgZ5nPaE1uVi6oXtC4qBw',
  expiresIn: '24 hours',
};
