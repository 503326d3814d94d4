import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { unregistered, webhookEvents, type WebhookEndpoint, type WebhookEvent } from './webhook-endpoint.js';

const httpUrl = { protocols: ['http', 'https'], require_protocol: true, require_tld: false, disallow_auth: true };

export class WebhookPathDto {
  @ApiProperty({ description: `Its id; \`${unregistered}\` stands for addresses that were never registered` })
  @Matches(new RegExp(`^(?:[0-9a-f]{32}|${unregistered})$`))
  id: string;
}

export class CreateWebhookDto {
  @ApiProperty({ example: 'https://example.com/hooks/larder' })
  @IsUrl(httpUrl)
  @MaxLength(2_048)
  url: string;

  @ApiPropertyOptional({ maxLength: 200 })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  description?: string;

  @ApiPropertyOptional({ enum: webhookEvents, isArray: true, description: 'All of them unless told' })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(webhookEvents, { each: true })
  events?: WebhookEvent[];
}

export class ChangeWebhookDto extends PartialType(CreateWebhookDto) {
  @ApiPropertyOptional()
  @IsOptional()
  @IsBoolean()
  disabled?: boolean;
}

export class RotateDto {
  @ApiPropertyOptional({
    minimum: 0,
    maximum: 604_800,
    default: 86_400,
    description: 'For how long the old secret signs too',
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(604_800)
  overlapSeconds?: number;
}

export class WebhookDto {
  @ApiProperty()
  id: string;

  @ApiPropertyOptional()
  url?: string;

  @ApiPropertyOptional()
  description?: string;

  @ApiProperty({ enum: webhookEvents, isArray: true })
  events: readonly WebhookEvent[];

  @ApiProperty()
  disabled: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;
}

export class WebhookSecretDto {
  @ApiProperty({ description: 'As Standard Webhooks writes it', example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' })
  secret: string;
}

export class CreatedWebhookDto extends WebhookDto {
  @ApiProperty({ description: 'Verifies what is sent to this address' })
  secret: string;
}

export class WebhookListDto {
  @ApiProperty({ type: [WebhookDto] })
  data: WebhookDto[];
}

export class SentDto {
  @ApiProperty({ description: 'Whether the receiver took it (2xx)' })
  delivered: boolean;

  @ApiPropertyOptional({ description: "The receiver's HTTP status" })
  status?: number;

  @ApiPropertyOptional({ description: 'Why nothing was sent or answered' })
  reason?: string;
}

/** An endpoint as it is shown: never with its secrets. */
export function shownWebhook({
  secrets: _,
  events = webhookEvents,
  disabled = false,
  ...endpoint
}: Omit<WebhookEndpoint, 'disabled'> & { disabled?: boolean }): WebhookDto {
  return { ...endpoint, events, disabled };
}
