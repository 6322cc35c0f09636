import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { Layout, Paragraph } from './layout.js';

export interface IdentityLinkedProps extends Circumstances {
  readonly name: string;
  /** The name of the identity provider, from the settings of the operator. */
  readonly provider: string;
}

export const subject = 'A new way to sign in was added';

/** Sent after an account at an identity provider is linked. */
export default function IdentityLinked({ name, provider, ...circumstances }: IdentityLinkedProps) {
  return (
    <Layout title="A new way to sign in was added" name={name} urgent>
      <Paragraph>
        Your <BrandName /> account was linked to an account at {provider}. From now on, that account can sign
        in to your <BrandName /> account.
      </Paragraph>
      <CircumstancesList {...circumstances} />
      <Paragraph>If you did this, there is nothing to do.</Paragraph>
      <Paragraph>
        If not, remove the link in your account settings, change your password, and sign out all other
        devices.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: IdentityLinkedProps = {
  name: 'Robin Doe',
  provider: 'Google',
  ...previewCircumstances,
};
