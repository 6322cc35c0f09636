import type { Brand } from '../src/platform/brand.js';
import { BrandName } from './brand.js';
import { type Circumstances, CircumstancesList, previewCircumstances } from './circumstances.js';
import { Layout, Paragraph } from './layout.js';

export interface SessionReuseProps extends Circumstances {
  readonly name: string;
}

export const subject = (_props: unknown, { name }: Brand) => `We ended a session of your ${name} account`;

/** Sent if an old refresh token is reused: two parties may have it. */
export default function SessionReuse({ name, ...circumstances }: SessionReuseProps) {
  return (
    <Layout title="A session was ended for your safety" name={name} urgent>
      <Paragraph>
        A session of your <BrandName /> account was used in a way that suggests a copy of it in other hands.
        We ended that session; your other sessions go on.
      </Paragraph>
      <CircumstancesList {...circumstances} />
      <Paragraph>
        This can also be a fault of the app, after a restored backup for example. If that fits, just sign in
        again.
      </Paragraph>
      <Paragraph>
        If it does not, change your password, which signs out all other devices, and check the list of your
        sessions.
      </Paragraph>
    </Layout>
  );
}

export const previewProps: SessionReuseProps = { name: 'Robin Doe', ...previewCircumstances };
