/** Stands for `mail/render.js`: ends its thread, fails or answers, as the props say. */
export function renderMail({ name, props: { name: wish } }) {
  if (wish === 'exit') process.exit(7);
  if (wish === 'fail') throw new RangeError('not rendered');
  return { subject: name, html: wish, text: wish };
}
