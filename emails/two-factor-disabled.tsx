import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { Helpers } from './help.js';
import { Layout, Paragraph } from './layout.js';

export interface TwoFactorDisabledProps extends Circumstances {
  readonly name: string;
}

export const subject = 'Two-factor authentication was switched off';

/** Sent after the second factor is removed. */
export default function TwoFactorDisabled({ name, ...circumstances }: TwoFactorDisabledProps) {
  return (
    <Layout title="Two-factor authentication is off" name={name} urgent>
      <Paragraph>
        Two-factor authentication was switched off for your <BrandName /> account. From now on, your password
        alone is enough to sign in. The recovery codes no longer work.
      </Paragraph>
      <CircumstancesList {...circumstances} />
      <Paragraph>If you did this or asked for it, there is nothing to do.</Paragraph>
      <Paragraph>
        If not, reset your password at once, switch two-factor authentication on again, and tell <Helpers />.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: TwoFactorDisabledProps = { name: 'Robin Doe', ...previewCircumstances };
