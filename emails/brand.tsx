import { createContext, useContext } from 'react';
import type { Brand } from '../src/platform/brand.js';

const BrandContext = createContext<Brand | undefined>(undefined);

/** Gives the brand to the components of a mail. */
export const BrandProvider = BrandContext.Provider;

export function useBrand(): Brand {
  const brand = useContext(BrandContext);
  if (brand === undefined) throw new TypeError('the mail has no BrandProvider');
  return brand;
}

/** The name of the platform between other words. Isolated, because it may be written from right to left. */
export function BrandName() {
  return <bdi>{useBrand().name}</bdi>;
}
