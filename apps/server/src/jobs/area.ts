import { type RawBuilder, sql } from 'kysely';

/** A circle on the earth. */
export type Area = { lat: number; lng: number; radiusKm: number };

/** The smallest rectangle of latitudes and longitudes around it; east may pass 180, west -180. */
type Box = { south: number; north: number; west: number; east: number };

const earthRadiusKm = 6371;
// Against the rounding of the last digits: the circle is what decides.
const margin = 1.0001;

// As in the column jobs.facets. An area is looked up in the finest grid that covers it with few squares.
const grids = [
  { name: 's', squaresPerDegree: 10, maximumRadiusKm: 12 },
  { name: 'm', squaresPerDegree: 2, maximumRadiusKm: 80 },
  { name: 'l', squaresPerDegree: 0.25, maximumRadiusKm: Number.POSITIVE_INFINITY },
] as const;

/** Kilometres from the middle of the area to a job's rounded point. */
export const distanceKm = (area: Area): RawBuilder<number> =>
  sql<number>`great_circle_km(${area.lat}::float8, ${area.lng}::float8, rounded_lat, rounded_lng)`;

/** Whether a job's rounded point is in the circle. Exact; narrow it down by isInBox or isInSquares first. */
export const isInCircle = (area: Area): RawBuilder<boolean> =>
  sql<boolean>`${distanceKm(area)} <= ${area.radiusKm}::float8`;

/** Whether a job is in the rectangle around the area, for the indexes that carry the rounded point. */
export function isInBox(area: Area): RawBuilder<boolean> {
  const { south, north, west, east } = boxAround(area);
  const latitudes = sql<boolean>`rounded_lat between ${south}::float8 and ${north}::float8`;
  if (east - west >= 360) return latitudes;
  // A range that crosses the 180th meridian goes on at its other side.
  if (west < -180)
    return sql`${latitudes} and (rounded_lng >= ${west + 360}::float8 or rounded_lng <= ${east}::float8)`;
  if (east > 180)
    return sql`${latitudes} and (rounded_lng >= ${west}::float8 or rounded_lng <= ${east - 360}::float8)`;
  return sql`${latitudes} and rounded_lng between ${west}::float8 and ${east}::float8`;
}

/** Whether a job is in one of the grid's squares that the area touches, for the index of the texts. */
export const isInSquares = (area: Area): RawBuilder<boolean> =>
  sql<boolean>`facets && ${squaresOf(area)}::text[]`;

/** The words in jobs.facets of all the squares that an area touches. */
export function squaresOf(area: Area): string[] {
  const { name, squaresPerDegree } = grids.find((grid) => area.radiusKm <= grid.maximumRadiusKm)!;
  const { south, north, west, east } = boxAround(area);
  const square = (degrees: number) => Math.floor(degrees * squaresPerDegree);
  const squares = new Set<string>();
  for (let row = square(Math.max(south, -90)); row <= square(Math.min(north, 90)); row += 1)
    for (const [from, to] of longitudeRanges(west, east))
      for (let column = square(from); column <= square(to); column += 1)
        squares.add(`${name}${row}:${column}`);
  return [...squares];
}

function longitudeRanges(west: number, east: number): [number, number][] {
  if (east - west >= 360) return [[-180, 180]];
  if (west < -180)
    return [
      [west + 360, 180],
      [-180, east],
    ];
  if (east > 180)
    return [
      [west, 180],
      [-180, east - 360],
    ];
  return [[west, east]];
}

function boxAround(area: Area): Box {
  const angle = area.radiusKm / earthRadiusKm;
  const latDelta = degrees(angle) * margin;
  const south = area.lat - latDelta;
  const north = area.lat + latDelta;
  const ratio = Math.sin(angle) / Math.cos(radians(area.lat));
  // Around a pole every longitude is near.
  if (south <= -90 || north >= 90 || ratio >= 1) return { south, north, west: -180, east: 180 };
  const lngDelta = degrees(Math.asin(ratio)) * margin;
  return { south, north, west: area.lng - lngDelta, east: area.lng + lngDelta };
}

const degrees = (angle: number) => (angle * 180) / Math.PI;
const radians = (angle: number) => (angle * Math.PI) / 180;
