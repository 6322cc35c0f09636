import type { Brand } from '../src/platform/brand.js';
import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { Helpers } from './help.js';
import { Layout, Paragraph } from './layout.js';

export interface EmailChangeProps extends Circumstances {
  readonly name: string;
  readonly newEmail?: string | undefined;
}

export const subject = (_props: unknown, { name }: Brand) => `Your ${name} email address is about to change`;

/** Sent to the current address if a change of address is requested. */
export default function EmailChange({ name, newEmail, ...circumstances }: EmailChangeProps) {
  return (
    <Layout title="Your email address is about to change" name={name} urgent>
      <Paragraph>
        Somebody asked to change the email address of your <BrandName /> account{' '}
        {newEmail === undefined ? (
          'to another one'
        ) : (
          <>
            to <strong>{newEmail}</strong>
          </>
        )}
        . The change takes effect when the link that we sent there is opened.
      </Paragraph>
      <CircumstancesList {...circumstances} />
      <Paragraph>If it was you, there is nothing to do here.</Paragraph>
      <Paragraph>
        If it was not you, change or reset your password at once: that also makes the link void. Then tell{' '}
        <Helpers />.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: EmailChangeProps = {
  name: 'Robin Doe',
  newEmail: 'robin@new.example',
  ...previewCircumstances,
};
