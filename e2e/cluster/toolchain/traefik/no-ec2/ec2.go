// Package ec2 has the shape of a client of Amazon EC2, and finds nothing.
package ec2

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Client is a client.
type Client struct{}

// NewFromConfig makes a client that finds nothing.
func NewFromConfig[Config any](Config) *Client { return &Client{} }

// DescribeInstancesInput says which machines are looked for.
type DescribeInstancesInput struct {
	InstanceIds []string
}

// DescribeInstancesOutput reports machines.
type DescribeInstancesOutput struct {
	Reservations []types.Reservation
}

// DescribeInstancesPaginator has one page, which fails.
type DescribeInstancesPaginator struct{}

// NewDescribeInstancesPaginator makes a paginator.
func NewDescribeInstancesPaginator(*Client, *DescribeInstancesInput) *DescribeInstancesPaginator {
	return &DescribeInstancesPaginator{}
}

// HasMorePages is always true.
func (*DescribeInstancesPaginator) HasMorePages() bool { return true }

// NextPage always fails.
func (*DescribeInstancesPaginator) NextPage(context.Context) (*DescribeInstancesOutput, error) {
	return nil, errors.New("this Traefik was built without EC2")
}
