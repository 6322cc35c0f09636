import { afterEach, describe, expect, it } from 'vitest';
import { renderMail } from '../../../src/mail/render.js';
import { Renderer } from '../../../src/mail/renderer.js';
import { FJORD } from '../../support/brands.js';

const welcome = (name: string) =>
  ({ name: 'welcome', props: { name, username: 'robin' }, brand: FJORD }) as const;
const fake = new URL('../../support/render-module.mjs', import.meta.url);
const open: Renderer[] = [];
const start = (module?: URL) => {
  const renderer = new Renderer(module);
  open.push(renderer);
  return renderer;
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((renderer) => renderer.close()));
});

describe('the mail renderer', () => {
  it('returns the mail of the template', async () => {
    expect(await start().render(welcome('Robin Doe'))).toEqual(await renderMail(welcome('Robin Doe')));
  });

  it('rejects an unknown template, and renders the next mail', async () => {
    const renderer = start();
    await expect(renderer.render({ name: 'no-such' } as never)).rejects.toThrow(TypeError);
    expect(await renderer.render(welcome('Robin Doe'))).toHaveProperty('subject', 'Welcome to Fjord Fibre');
  });

  it('passes on the error name of the template', async () => {
    await expect(start(fake).render(welcome('fail'))).rejects.toHaveProperty('name', 'RangeError');
  });

  it('rejects the mail whose thread exits, and renders the waiting ones in a new thread', async () => {
    const renderer = start(fake);
    const wishes = ['one', 'exit', 'two', 'exit', 'three'];
    const outcomes = await Promise.allSettled(wishes.map((wish) => renderer.render(welcome(wish))));
    expect(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.text : 'rejected')),
    ).toEqual(['one', 'rejected', 'two', 'rejected', 'three']);
    expect(await renderer.render(welcome('four'))).toHaveProperty('text', 'four');
  });
});
