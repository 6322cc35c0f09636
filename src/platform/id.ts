const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text can be an id of ours at all; what cannot is not asked for. */
export function isId(text: string): boolean {
  return UUID.test(text);
}
