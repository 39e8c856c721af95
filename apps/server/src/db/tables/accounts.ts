import type { Generated } from 'kysely';

export type Role = 'customer' | 'contractor' | 'admin';

export type CodePurpose = 'verify-email' | 'reset-password' | 'change-email';

export type AccountTables = {
  users: {
    id: string;
    role: Role;
    email: string;
    email_verified_at: Date | null;
    password_hash: string;
    name: string;
    locale: string;
    time_zone: string;
    rating_sum: Generated<number>;
    rating_count: Generated<number>;
    suspended_at: Generated<Date | null>;
    second_factor_at: Generated<Date | null>;
    deleted_at: Generated<Date | null>;
    created_at: Date;
    updated_at: Date;
  };
  sessions: {
    id: string;
    user_id: string;
    access_hash: Buffer;
    access_expires_at: Date;
    expires_at: Date;
    user_agent: string | null;
    address: string | null;
    created_at: Date;
    last_used_at: Date;
    revoked_at: Generated<Date | null>;
  };
  refresh_tokens: { hash: Buffer; session_id: string; expires_at: Date; used_at: Generated<Date | null> };
  one_time_codes: {
    id: string;
    user_id: string | null;
    purpose: CodePurpose;
    email: string;
    salt: Buffer | null;
    hash: Buffer | null;
    tries: Generated<number>;
    expires_at: Date;
    created_at: Date;
  };
  second_factors: {
    user_id: string;
    secret: Buffer;
    last_step: Generated<number>;
    confirmed_at: Generated<Date | null>;
    created_at: Date;
  };
  recovery_codes: { user_id: string; hash: Buffer; used_at: Generated<Date | null> };
  contractor_profiles: {
    user_id: string;
    headline: string;
    bio: string;
    categories: string[];
    skills: string[];
    centre_lat: number;
    centre_lng: number;
    radius_km: number;
    hourly_rate_minor: number | null;
    hourly_rate_currency: string | null;
    created_at: Date;
    updated_at: Date;
  };
};
