import { Button, Link, Text } from '@react-email/components';
import { Paragraph } from './layout.js';

interface ActionProps {
  readonly label: string;
  readonly link: string;
  /** For example '24 hours'. */
  readonly expiresIn: string;
}

/**
 * A button, and the same link as text, to check or copy it. The plain-text version leaves out the button, so that it has
 * the link once, on a line of its own.
 */
export function Action({ label, link, expiresIn }: ActionProps) {
  return (
    <>
      <Button href={link} data-skip-in-text="true" style={button}>
        {label}
      </Button>
      <Text style={{ fontSize: '14px', lineHeight: '22px', margin: '16px 0 4px' }}>
        {label} with this link. It works once, for {expiresIn}:
      </Text>
      <Text style={{ fontSize: '14px', lineHeight: '22px', margin: '0 0 16px' }}>
        <Link href={link} style={{ color: '#1a73e8', wordBreak: 'break-all', textDecoration: 'underline' }}>
          {link}
        </Link>
      </Text>
      <Paragraph>Do not forward this mail: whoever has the link can use it.</Paragraph>
    </>
  );
}

const button = {
  backgroundColor: '#0b57d0',
  color: '#ffffff',
  borderRadius: '6px',
  fontSize: '16px',
  fontWeight: 'bold',
  padding: '12px 20px',
} as const;
