import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { Layout, Paragraph } from './layout.js';

export interface IdentityUnlinkedProps extends Circumstances {
  readonly name: string;
  /** The name of the identity provider, from the settings of the operator. */
  readonly provider: string;
}

export const subject = 'A way to sign in was removed';

/** Sent after the link to an account at an identity provider is removed. */
export default function IdentityUnlinked({ name, provider, ...circumstances }: IdentityUnlinkedProps) {
  return (
    <Layout title="A way to sign in was removed" name={name} urgent>
      <Paragraph>
        The link of your <BrandName /> account to an account at {provider} was removed. That account can no
        longer sign in to your <BrandName /> account.
      </Paragraph>
      <CircumstancesList {...circumstances} />
      <Paragraph>If you did this, there is nothing to do.</Paragraph>
      <Paragraph>If not, change your password and sign out all other devices.</Paragraph>
    </Layout>
  );
}

export const previewProps: IdentityUnlinkedProps = {
  name: 'Robin Doe',
  provider: 'Google',
  ...previewCircumstances,
};
