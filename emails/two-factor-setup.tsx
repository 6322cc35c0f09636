import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { Helpers } from './help.js';
import { Layout, Paragraph } from './layout.js';

export interface TwoFactorSetupProps extends Circumstances {
  readonly name: string;
}

export const subject = 'Two-factor authentication was switched on';

/** Sent after the second factor is confirmed. */
export default function TwoFactorSetup({ name, ...circumstances }: TwoFactorSetupProps) {
  return (
    <Layout title="Two-factor authentication is on" name={name} urgent>
      <Paragraph>
        Two-factor authentication was switched on for your <BrandName /> account. From now on, signing in
        takes a code from your authenticator app. Keep your recovery codes in a safe place: each lets you in
        once without the app.
      </Paragraph>
      <CircumstancesList {...circumstances} />
      <Paragraph>If it was you, there is nothing to do.</Paragraph>
      <Paragraph>
        If it was not you, somebody knows your password: reset it at once, and ask <Helpers /> to help you
        back into the account.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: TwoFactorSetupProps = { name: 'Robin Doe', ...previewCircumstances };
