/** The five shapes: what goes in, what comes out. */

export interface Quote { readonly id: string; readonly symbol: string; readonly price: number; readonly quantity: number; readonly live: boolean }
export interface Position { readonly id: string; readonly value: number; readonly live: boolean }

export interface Order {
  readonly id: string;
  readonly customer: { readonly name: string; readonly email?: string };
  readonly items: readonly { readonly sku: string; readonly price: number; readonly quantity: number }[];
  readonly tags: readonly string[];
}
export interface Invoice { readonly id: string; readonly lines: readonly { readonly sku: string; readonly total: number }[]; readonly total: number }

export type Figure =
  | { readonly kind: 'circle'; readonly radius: number }
  | { readonly kind: 'rectangle'; readonly width: number; readonly height: number }
  | { readonly kind: 'polygon'; readonly points: readonly { readonly x: number; readonly y: number }[] };
export type Area = { readonly kind: 'area'; readonly value: number } | { readonly kind: 'degenerate'; readonly reason: string };

export interface Tree { readonly value: number; readonly children: readonly Tree[] }

export type Range = readonly [from: number, to: number, unit: string];
export type Prices = ReadonlyMap<string, number>;
export type Best = readonly [name: string, price: number];
