import type { Brand } from '../src/platform/brand.js';
import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { Layout, Paragraph } from './layout.js';

export interface AccountLockedProps extends Circumstances {
  readonly name: string;
  /** The length of the lock, such as '15 minutes'. */
  readonly lockedFor: string;
}

export const subject = (_props: unknown, { name }: Brand) => `Your ${name} account is locked for a while`;

/** Sent if failed sign-ins lock the account. */
export default function AccountLocked({ name, lockedFor, ...circumstances }: AccountLockedProps) {
  return (
    <Layout title="Your account is locked for a while" name={name} urgent>
      <Paragraph>
        There were too many failed attempts to sign in to your <BrandName /> account, so signing in is locked
        for {lockedFor}. The last attempt:
      </Paragraph>
      <CircumstancesList {...circumstances} />
      <Paragraph>
        If it was you, wait, or reset your password with “Forgot your password?” on the sign-in page: that
        lifts the lock at once.
      </Paragraph>
      <Paragraph>
        If it was not you, the attempts failed and there is nothing that you must do. If your password is
        short or used elsewhere too, choose a better one.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: AccountLockedProps = {
  name: 'Robin Doe',
  lockedFor: '15 minutes',
  ...previewCircumstances,
};
