import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { harmless } from './harmless.js';
import { Layout, Paragraph } from './layout.js';

export interface PasskeyAddedProps extends Circumstances {
  readonly name: string;
  /** The name of the passkey. */
  readonly passkey: string;
}

export const subject = 'A passkey was added to your account';

/** Sent after a passkey is registered. */
export default function PasskeyAdded({ name, passkey, ...circumstances }: PasskeyAddedProps) {
  const named = harmless(passkey, 64);
  return (
    <Layout title="A passkey was added" name={name} urgent>
      <Paragraph>
        A passkey was added to your <BrandName /> account. From now on it can sign in to the account by
        itself, without your password or a code.
      </Paragraph>
      {named !== undefined && <Paragraph>Name of the passkey: {named}</Paragraph>}
      <CircumstancesList {...circumstances} />
      <Paragraph>If you added it, there is nothing to do.</Paragraph>
      <Paragraph>
        If not, somebody else can sign in to your account: remove the passkey in your account settings, change
        your password, and sign out all other devices.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: PasskeyAddedProps = {
  name: 'Robin Doe',
  passkey: 'Passkey on iPhone',
  ...previewCircumstances,
};
