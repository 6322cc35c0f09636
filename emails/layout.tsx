import { Body } from '@react-email/body';
import { Container } from '@react-email/container';
import { Head } from '@react-email/head';
import { Heading } from '@react-email/heading';
import { Hr } from '@react-email/hr';
import { Html } from '@react-email/html';
import { Text } from '@react-email/text';
import type { ReactNode } from 'react';
import { harmless } from './harmless.js';

/** The name under which the mails are sent. */
const BRAND = 'Gatehouse';

interface LayoutProps {
  /** The heading. It must not contain text of a user. */
  readonly title: string;
  /** The name to greet: a display name or username. */
  readonly name: string;
  readonly children: ReactNode;
}

/**
 * The layout of every mail. It sets no text or background colour, so that dark mode works. It loads no image, font or
 * style sheet, so that nobody learns that the mail was opened.
 */
export function Layout({ title, name, children }: LayoutProps) {
  const greeted = harmless(name, 64);
  return (
    <Html lang="en" dir="ltr">
      <Head>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{title}</title>
      </Head>
      <Body style={{ fontFamily: 'Arial, Helvetica, sans-serif', margin: '0', padding: '24px' }}>
        <Container style={{ textAlign: 'left' }}>
          <Text style={{ fontSize: '16px', fontWeight: 'bold', margin: '0 0 24px' }}>{BRAND}</Text>
          <Heading as="h1" style={{ fontSize: '22px', lineHeight: '30px', margin: '0 0 16px' }}>
            {title}
          </Heading>
          <Paragraph>{greeted === undefined ? 'Hello,' : `Hello ${greeted},`}</Paragraph>
          {children}
          <Hr style={{ margin: '32px 0 16px' }} />
          <Text style={{ fontSize: '13px', lineHeight: '20px', margin: '0' }}>
            {BRAND} sent this message automatically. Replies to it are not read.
          </Text>
        </Container>
      </Body>
    </Html>
  );
}

export function Paragraph({ children }: { readonly children: ReactNode }) {
  return <Text style={{ fontSize: '16px', lineHeight: '24px', margin: '0 0 16px' }}>{children}</Text>;
}
