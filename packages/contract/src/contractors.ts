import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { Category, line, Point, prose, Timestamp } from './fields.ts';
import { Picture } from './file-resources.ts';
import { Money, Price } from './money.ts';
import { ratingFields, UserId } from './people.ts';

const isWithoutRepetition = (items: readonly string[]) =>
  new Set(items.map((item) => item.toLowerCase())).size === items.length;

const exampleFields = {
  headline: 'Tiler with fifteen years of bathrooms',
  bio: 'Small jobs welcome.',
  categories: ['tiling' as const, 'flooring' as const],
  skills: ['mosaic', 'natural stone'],
  serviceRadiusKm: 30,
  hourlyRate: { amount: 5500, currency: 'eur' as const },
};
const exampleUser = 'usr_9zYx8wVu7tSr6qPo5nMl4k';

export const ContractorProfileInput = z
  .strictObject({
    headline: line(3, 120),
    bio: prose(0, 4000),
    categories: z
      .array(Category)
      .min(1)
      .max(16)
      .refine(isWithoutRepetition, 'must not name a category twice'),
    skills: z.array(line(1, 50)).max(50).refine(isWithoutRepetition, 'must not name a skill twice'),
    serviceCentre: Point,
    serviceRadiusKm: z.int().min(1).max(500),
    hourlyRate: Price.nullable(),
  })
  .meta({ examples: [{ ...exampleFields, serviceCentre: { lat: 48.2082, lng: 16.3738 } }] });

const sharedFields = {
  headline: z.string(),
  bio: z.string(),
  categories: z.array(Category),
  skills: z.array(z.string()),
  serviceRadiusKm: z.int(),
  hourlyRate: Money.nullable(),
};

/** A contractor's own profile, with the exact centre of the service area. */
export const ContractorProfile = z
  .object({ userId: UserId, ...sharedFields, serviceCentre: Point, ...ratingFields, updatedAt: Timestamp })
  .meta({
    id: 'ContractorProfile',
    examples: [
      {
        userId: exampleUser,
        ...exampleFields,
        serviceCentre: { lat: 48.2082, lng: 16.3738 },
        averageRating: 4.67,
        reviewCount: 3,
        updatedAt: '2026-11-24T09:30:00.000Z',
      },
    ],
  });
export type ContractorProfile = z.infer<typeof ContractorProfile>;

/** What anybody may see of a contractor. */
export const ContractorPage = z
  .object({
    id: UserId,
    name: z.string(),
    picture: Picture.nullable(),
    ...sharedFields,
    serviceCentre: Point.meta({ description: 'rounded to about ten kilometres: the city, not the house' }),
    ...ratingFields,
    memberSince: Timestamp,
  })
  .meta({
    id: 'ContractorPage',
    examples: [
      {
        id: exampleUser,
        name: 'Carl',
        picture: null,
        ...exampleFields,
        serviceCentre: { lat: 48.2, lng: 16.4 },
        averageRating: 4.67,
        reviewCount: 3,
        memberSince: '2025-03-02T08:00:00.000Z',
      },
    ],
  });
export type ContractorPage = z.infer<typeof ContractorPage>;

export const contractors = {
  saveProfile: endpoint({
    method: 'PUT',
    path: '/api/me/contractor-profile',
    tag: 'Contractors',
    summary: "Create or replace one's contractor profile",
    access: 'contractor',
    body: ContractorProfileInput,
    response: ContractorProfile,
  }),
  ownProfile: endpoint({
    method: 'GET',
    path: '/api/me/contractor-profile',
    tag: 'Contractors',
    summary: "One's own contractor profile",
    description: '404 until it has been written.',
    access: 'contractor',
    response: ContractorProfile,
  }),
  page: endpoint({
    method: 'GET',
    path: '/api/contractors/:id',
    tag: 'Contractors',
    summary: "A contractor's public page",
    access: 'public',
    params: z.strictObject({ id: UserId }),
    response: ContractorPage,
  }),
};
