import { type MailName, type MailTemplates, templates } from './templates.js';

/** A mail as its reader gets it. */
export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** Headings would come out in capitals otherwise. */
const plainHeading = { selector: 'h1', options: { uppercase: false, leadingLineBreaks: 2 } };

/**
 * Renders a mail once, and makes its plain text from the same markup. The same props give the same mail, so
 * that a retry is the message that was tried before.
 */
export async function renderMail<N extends MailName>(
  name: N,
  props: MailTemplates[N],
): Promise<RenderedMail> {
  // The name comes out of a stored job, which a newer version may have written.
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
