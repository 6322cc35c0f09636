import { Button } from '@react-email/button';
import { Text } from '@react-email/text';
import { useBrand } from './brand.js';
import { Paragraph } from './layout.js';
import { TextLink } from './text-link.js';

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
  const backgroundColor = useBrand().color;
  return (
    <>
      <Button href={link} data-skip-in-text="true" style={{ ...button, backgroundColor }}>
        {label}
      </Button>
      <Text style={{ fontSize: '14px', lineHeight: '22px', margin: '16px 0 4px' }}>
        {label} with this link. It works once, for {expiresIn}:
      </Text>
      <Text style={{ fontSize: '14px', lineHeight: '22px', margin: '0 0 16px' }}>
        <TextLink href={link} />
      </Text>
      <Paragraph>Do not forward this mail: whoever has the link can use it.</Paragraph>
    </>
  );
}

const button = {
  color: '#ffffff',
  borderRadius: '6px',
  fontSize: '16px',
  fontWeight: 'bold',
  padding: '12px 20px',
} as const;
