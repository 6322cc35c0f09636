import { Link } from '@react-email/link';
import { useBrand } from './brand.js';

const CLASS = 'text-link';

interface TextLinkProps {
  readonly href: string;
  /** What to show instead of `href`. */
  readonly children?: string;
}

/** A link as text to read and copy. */
export function TextLink({ href, children = href }: TextLinkProps) {
  const { color } = useBrand();
  return (
    <Link
      href={href}
      className={CLASS}
      style={{ color, wordBreak: 'break-word', textDecoration: 'underline' }}
    >
      {children}
    </Link>
  );
}

/**
 * The colour of links in dark mode. Mail clients that keep colours in dark mode (Apple Mail) read this rule. Those that do
 * not read it either keep the light background, or change the colours themselves (Gmail, Outlook).
 */
export function DarkLinks() {
  const { colorOnDark } = useBrand();
  return (
    <style>{`@media (prefers-color-scheme: dark) { .${CLASS} { color: ${colorOnDark} !important } }`}</style>
  );
}
