import { useBrand } from './brand.js';
import { TextLink } from './text-link.js';

/** Says where people find help. Nothing if `SUPPORT_URL` is not set. */
export function Help() {
  const { supportUrl } = useBrand();
  if (supportUrl === undefined) return null;
  return (
    <>
      If you need help: <TextLink href={supportUrl}>{readable(supportUrl)}</TextLink>
    </>
  );
}

/** Those who help, between other words. */
export function Helpers() {
  return <>{useBrand().supportUrl === undefined ? 'your administrator' : 'us'}</>;
}

/** The address of a `mailto:` URL, any other URL as it is. */
function readable(url: string): string {
  return url.startsWith('mailto:') ? url.slice('mailto:'.length).split('?', 1).join() : url;
}
