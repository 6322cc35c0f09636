import { Body } from '@react-email/body';
import { Container } from '@react-email/container';
import { Head } from '@react-email/head';
import { Heading } from '@react-email/heading';
import { Hr } from '@react-email/hr';
import { Html } from '@react-email/html';
import { Text } from '@react-email/text';
import type { ReactNode } from 'react';
import { BrandName, useBrand } from './brand.js';
import { harmless } from './harmless.js';
import { Help } from './help.js';
import { DarkLinks } from './text-link.js';

interface LayoutProps {
  /** The heading. It must not contain text of a user. */
  readonly title: string;
  /** The name to greet: a display name or username. */
  readonly name: string;
  /** True if the reader may be stuck: help is then offered in the text, otherwise in the footer. */
  readonly urgent?: boolean;
  readonly children: ReactNode;
}

/**
 * The layout of every mail. It sets no colour of text or background except those of links and buttons, so that dark mode works. It loads no
 * image, font or style sheet, so that nobody learns that the mail was opened.
 */
export function Layout({ title, name, urgent = false, children }: LayoutProps) {
  const greeted = harmless(name, 64);
  const offersHelp = useBrand().supportUrl !== undefined;
  return (
    <Html lang="en" dir="ltr">
      <Head>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{title}</title>
        <DarkLinks />
      </Head>
      <Body style={{ fontFamily: 'Arial, Helvetica, sans-serif', margin: '0', padding: '24px' }}>
        <Container style={{ textAlign: 'left' }}>
          <Text style={{ fontSize: '16px', fontWeight: 'bold', margin: '0 0 24px' }}>
            <BrandName />
          </Text>
          <Heading as="h1" style={{ fontSize: '22px', lineHeight: '30px', margin: '0 0 16px' }}>
            {title}
          </Heading>
          <Paragraph>{greeted === undefined ? 'Hello,' : `Hello ${greeted},`}</Paragraph>
          {children}
          {urgent && offersHelp && (
            <Paragraph>
              <Help />
            </Paragraph>
          )}
          <Hr style={{ borderTop: '1px solid #80868b', margin: '32px 0 16px' }} />
          <Footnote>
            This message was sent automatically by <BrandName />. Replies to it are not read.
          </Footnote>
          {!urgent && offersHelp && (
            <Footnote>
              <Help />
            </Footnote>
          )}
        </Container>
      </Body>
    </Html>
  );
}

export function Paragraph({ children }: { readonly children: ReactNode }) {
  return <Text style={{ fontSize: '16px', lineHeight: '24px', margin: '0 0 16px' }}>{children}</Text>;
}

function Footnote({ children }: { readonly children: ReactNode }) {
  return <Text style={{ fontSize: '13px', lineHeight: '20px', margin: '0 0 4px' }}>{children}</Text>;
}
