# What deploy/cloudformation.yaml makes, as a module: the same resources, names and policies. docs/AWS.md says how
# it is used.
#
#   module "mooring" {
#     source    = "./terraform"
#     zone_name = "dyn.example.com"
#   }

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_partition" "current" {}
data "aws_caller_identity" "current" {}

locals {
  table_name = var.existing_table == "" ? var.table_name : var.existing_table
  zone_id    = var.hosted_zone_id == "" ? aws_route53_zone.zone[0].zone_id : var.hosted_zone_id
  # data.aws_region has the name in an attribute that version 6 of the provider renamed; an ARN has it in both.
  region    = split(":", aws_sns_topic.alarms.arn)[3]
  in_region = "${local.region}:${data.aws_caller_identity.current.account_id}"
  table_arn = "arn:${data.aws_partition.current.partition}:dynamodb:${local.in_region}:table/${local.table_name}"
  zone_arn  = "arn:${data.aws_partition.current.partition}:route53:::hostedzone/${local.zone_id}"
  log_arn   = "arn:${data.aws_partition.current.partition}:logs:${local.in_region}:log-group:${var.log_group_name}"
}

# Accounts and the state of their hosts. The index says after a start what is still owed to the zone.
resource "aws_dynamodb_table" "table" {
  count        = var.existing_table == "" ? 1 : 0
  name         = var.table_name
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "user"
  attribute {
    name = "user"
    type = "S"
  }
  attribute {
    name = "owed"
    type = "S"
  }
  global_secondary_index {
    name            = "owed"
    hash_key        = "owed"
    projection_type = "ALL"
  }
  point_in_time_recovery {
    enabled = true
  }
  # No account has this attribute: it ends the history of hosts (history-days), and notices that nobody took.
  ttl {
    attribute_name = "history-ttl"
    enabled        = true
  }
  deletion_protection_enabled = true
}

resource "aws_route53_zone" "zone" {
  count = var.hosted_zone_id == "" ? 1 : 0
  name  = var.zone_name
}
