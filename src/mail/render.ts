import type { Brand } from '../platform/brand.js';
import { type MailName, type MailTemplates, templates } from './templates.js';

export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

export interface RenderRequest<N extends MailName = MailName> {
  readonly name: N;
  readonly props: MailTemplates[N];
  readonly brand: Brand;
}

/** Without this, `toPlainText` puts headings in capitals. */
const plainHeading = { selector: 'h1', options: { uppercase: false, leadingLineBreaks: 2 } };
/** These links show what to copy. */
const plainLink = { selector: '.text-link', format: 'anchor', options: { ignoreHref: true } };

/** Renders a mail, and makes its plain text from the same markup. The same request gives the same mail at each retry. */
export async function renderMail<N extends MailName>({
  name,
  props,
  brand,
}: RenderRequest<N>): Promise<RenderedMail> {
  // The name comes from a stored job, which a newer version may have written.
  if (!Object.hasOwn(templates, name)) throw new TypeError(`no mail template ${name}`);
  const [template, { BrandProvider }, { render, toPlainText }, { createElement }] = await Promise.all([
    templates[name](),
    import('../../emails/brand.js'),
    import('@react-email/render'),
    import('react'),
  ]);
  const mail = createElement(template.default, props);
  const html = await render(createElement(BrandProvider, { value: brand }, mail));
  const text = toPlainText(html, { selectors: [plainHeading, plainLink] });
  const { subject } = template;
  return { subject: typeof subject === 'string' ? subject : subject(props, brand), html, text };
}
