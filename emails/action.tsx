import { Button } from '@react-email/button';
import { Link } from '@react-email/link';
import { Text } from '@react-email/text';
import { Paragraph } from './layout.js';

interface ActionProps {
  readonly label: string;
  readonly link: string;
  /** How long the link works, such as '24 hours'. */
  readonly expiresIn: string;
}

/**
 * A button, and its link as text to read and copy. The plain-text version leaves the button out, so that the link is
 * there once, on its own line.
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
