import type { Brand } from '../src/platform/brand.js';
import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { Helpers } from './help.js';
import { Layout, Paragraph } from './layout.js';

export interface PasswordChangedProps extends Circumstances {
  readonly name: string;
}

export const subject = (_props: unknown, { name }: Brand) => `Your ${name} password was changed`;

/** Sent after a change or reset of the password. */
export default function PasswordChanged({ name, ...circumstances }: PasswordChangedProps) {
  return (
    <Layout title="Your password was changed" name={name} urgent>
      <Paragraph>
        The password of your <BrandName /> account was changed. All other sessions were ended.
      </Paragraph>
      <CircumstancesList {...circumstances} />
      <Paragraph>If it was you, there is nothing to do.</Paragraph>
      <Paragraph>
        If it was not you, reset your password at once with “Forgot your password?” on the sign-in page: that
        signs everybody out. Then tell <Helpers />.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: PasswordChangedProps = { name: 'Robin Doe', ...previewCircumstances };
