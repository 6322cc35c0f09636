import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { harmless } from './harmless.js';
import { Layout, Paragraph } from './layout.js';

export interface PasskeyCopiedProps extends Circumstances {
  readonly name: string;
  /** The name of the passkey. */
  readonly passkey: string;
}

export const subject = 'A passkey was refused because it may have been copied';

/** Sent if the signature counter of a passkey does not grow: two devices may have the key. */
export default function PasskeyCopied({ name, passkey, ...circumstances }: PasskeyCopiedProps) {
  const named = harmless(passkey, 64);
  return (
    <Layout title="A passkey was refused because it may have been copied" name={name} urgent>
      <Paragraph>
        Somebody used a passkey of your <BrandName /> account, but the passkey may have been copied. We
        refused it: this attempt did not succeed.
      </Paragraph>
      {named !== undefined && <Paragraph>Name of the passkey: {named}</Paragraph>}
      <CircumstancesList {...circumstances} />
      <Paragraph>
        If this was you, the security key or device may have been reset or restored from a backup. Remove the
        passkey in your account settings, and add a new one.
      </Paragraph>
      <Paragraph>
        If this was not you, remove the passkey at once, sign out all other devices, and check the list of
        your sessions.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: PasskeyCopiedProps = {
  name: 'Robin Doe',
  passkey: 'Security key',
  ...previewCircumstances,
};
