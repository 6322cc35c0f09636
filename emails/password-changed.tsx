import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { Layout, Paragraph } from './layout.js';

export interface PasswordChangedProps extends Circumstances {
  readonly name: string;
}

export const subject = 'Your Gatehouse password was changed';

/** Sent after a change or reset of the password. */
export default function PasswordChanged({ name, ...circumstances }: PasswordChangedProps) {
  return (
    <Layout title="Your password was changed" name={name}>
      <Paragraph>
        The password of your Gatehouse account was changed. All other sessions were ended.
      </Paragraph>
      <CircumstancesList {...circumstances} />
      <Paragraph>If it was you, there is nothing to do.</Paragraph>
      <Paragraph>
        If it was not you, reset your password at once with “Forgot password” on the sign-in page: that signs
        everybody out. Then tell your administrator.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: PasswordChangedProps = { name: 'Robin Doe', ...previewCircumstances };
