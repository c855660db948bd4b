variable "zone_name" {
  type        = string
  description = "The title of the zone in mooring.conf, in small letters and without a final dot: dyn.example.com."
  validation {
    condition     = can(regex("^[a-z0-9_.-]+[a-z0-9]$", var.zone_name))
    error_message = "In small letters and without a final dot."
  }
}

variable "hosted_zone_id" {
  type        = string
  default     = ""
  description = "The hosted zone of that name or of a domain above it, if there is one already; empty: one is made."
}

variable "existing_table" {
  type        = string
  default     = ""
  description = "A table that is there already, such as ddns-serverless-app-db; empty: one is made."
}

variable "table_name" {
  type        = string
  default     = "mooring"
  description = "The name of the table that is made."
}

variable "log_group_name" {
  type        = string
  default     = "mooring"
  description = "Where the daemons' log goes."
}

variable "log_retention" {
  type        = number
  default     = 90
  description = "Days after which CloudWatch Logs forgets a line."
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653], var.log_retention)
    error_message = "One of the numbers of days that CloudWatch Logs knows."
  }
}

variable "alarm_email" {
  type        = string
  default     = ""
  description = "Who gets the alarms, after a confirmation by mail; empty: nobody but the subscribers of the topic."
}

variable "quiet_seconds" {
  type        = number
  default     = 3600
  description = "No line of the log for so long is an alarm: longer than the quietest router is silent."
  validation {
    condition     = contains([300, 900, 3600, 21600, 86400], var.quiet_seconds)
    error_message = "300, 900, 3600, 21600 or 86400."
  }
}

variable "trust_anchor_arn" {
  type        = string
  default     = ""
  description = "A trust anchor of IAM Roles Anywhere, for daemons outside of AWS; empty: no role for these."
}
