/** What the gateway tells the pages about itself. It writes this JSON into the HTML. */
export interface PageSettings {
  readonly brand: {
    readonly name: string;
    readonly logoUrl?: string;
    readonly supportUrl?: string;
  };
  readonly pages: readonly ('account' | 'console')[];
}

export const settings: PageSettings = JSON.parse(document.getElementById('settings')?.textContent ?? '{}');
