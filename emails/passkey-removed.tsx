import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { harmless } from './harmless.js';
import { Layout, Paragraph } from './layout.js';

export interface PasskeyRemovedProps extends Circumstances {
  readonly name: string;
  /** The name of the passkey. Null if all passkeys were removed. */
  readonly passkey: string | null;
}

export const subject = 'A passkey was removed from your account';

/** Sent after a passkey is removed. */
export default function PasskeyRemoved({ name, passkey, ...circumstances }: PasskeyRemovedProps) {
  const named = harmless(passkey, 64);
  return (
    <Layout title="A passkey was removed" name={name} urgent>
      <Paragraph>
        {passkey === null ? 'All passkeys were' : 'A passkey was'} removed from your <BrandName /> account and
        can no longer sign in. Your device may still offer what was removed: delete it there too.
      </Paragraph>
      {named !== undefined && <Paragraph>Name of the passkey: {named}</Paragraph>}
      <CircumstancesList {...circumstances} />
      <Paragraph>If you did this or asked for it, there is nothing to do.</Paragraph>
      <Paragraph>
        If not, somebody else uses your account: change your password, sign out all other devices, and add a
        passkey again.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: PasskeyRemovedProps = {
  name: 'Robin Doe',
  passkey: 'Passkey on iPhone',
  ...previewCircumstances,
};
