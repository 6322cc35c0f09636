import { type MailName, type MailTemplates, templates } from './templates.js';

export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

export interface RenderRequest<N extends MailName = MailName> {
  readonly name: N;
  readonly props: MailTemplates[N];
}

/** Without this, `toPlainText` puts headings in capitals. */
const plainHeading = { selector: 'h1', options: { uppercase: false, leadingLineBreaks: 2 } };

/** Renders a mail, and makes its plain text from the same markup. The same props give the same mail at each retry. */
export async function renderMail<N extends MailName>({
  name,
  props,
}: RenderRequest<N>): Promise<RenderedMail> {
  // The name comes from a stored job, which a newer version may have written.
  if (!Object.hasOwn(templates, name)) throw new TypeError(`no mail template ${name}`);
  const [template, { render, toPlainText }, { createElement }] = await Promise.all([
    templates[name](),
    import('@react-email/render'),
    import('react'),
  ]);
  const html = await render(createElement(template.default, props));
  const text = toPlainText(html, { selectors: [plainHeading] });
  const { subject } = template;
  return { subject: typeof subject === 'string' ? subject : subject(props), html, text };
}
