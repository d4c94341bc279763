package admissionextension

import (
	"errors"
	"fmt"
	"math"

	"go.opentelemetry.io/collector/component"
)

// Config is what a user writes below extensions::admission.
type Config struct {
	// LimitMiB bounds what all requests under way take together: their bytes once
	// unpacked, and what the messages in them will take once decoded. The process needs three to
	// four times as much while they pass through its pipelines.
	LimitMiB int64 `mapstructure:"limit_mib"`
	// GRPCMessageMiB is max_recv_msg_size_mib of the receivers that use the extension. gRPC
	// unpacks a message before anybody can say no, so that so much is set aside for each message
	// until it has come.
	GRPCMessageMiB int64 `mapstructure:"grpc_message_mib"`
}

// createDefaultConfig gives room for what gRPC takes by default: messages of 4 MiB.
func createDefaultConfig() component.Config { return &Config{LimitMiB: 64, GRPCMessageMiB: 4} }

// Validate checks the section.
func (c *Config) Validate() error {
	var errs []error
	if c.LimitMiB <= 0 {
		errs = append(errs, errors.New("limit_mib: must be more than zero"))
	}
	if c.LimitMiB > math.MaxInt64>>20 { // as bytes it would be less than none
		errs = append(errs, fmt.Errorf("limit_mib: %d MiB are more than a number of bytes may be; write it in MiB, such as 64", c.LimitMiB))
	}
	if c.GRPCMessageMiB <= 0 || c.GRPCMessageMiB > c.LimitMiB {
		errs = append(errs, fmt.Errorf("grpc_message_mib: must be more than zero and at most limit_mib (%d)", c.LimitMiB))
	}
	return errors.Join(errs...)
}
